package io.github.lightning4j.cli.options;

/**
 * What a command does with its input, beside a forward pass: the rest of a file is named as not
 * used.
 *
 * @param backward whether it computes gradients
 * @param answers whether it compares with the answers of the input
 */
public record InputUse(boolean backward, boolean answers) {}
