package io.github.lightning4j.models;

/**
 * What a model and its conversations take, in bytes of this process.
 *
 * @param weights mapped files
 * @param states of lightning layers: constant, and allocated for all conversations at once
 * @param caches of softmax layers now: they grow with every token
 */
public record ModelMemory(long weights, long states, long caches) {}
