package io.github.lightning4j;

/**
 * What one forward pass leaves.
 *
 * @param output o, in the layout and with the tokens of v, and the dtype of the inputs
 * @param finalState the state after the last token of each of the R sequences
 */
public record AttentionResult(Tensor output, AttentionState finalState) {}
