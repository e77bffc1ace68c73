package io.github.lightning4j.models.checkpoints;

/**
 * How a part of a layer is added to the stream: α x + β part(x).
 *
 * @param alpha of what goes past the part
 * @param beta of what comes out of it
 */
public record Residual(double alpha, double beta) {}
