package io.github.lightning4j;

/**
 * The results of one forward pass.
 *
 * @param output o, of the shape and dtype of v
 * @param finalState the state after the last token of each of the R sequences
 */
public record AttentionResult(Tensor output, AttentionState finalState) {}
