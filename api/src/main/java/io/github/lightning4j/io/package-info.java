/**
 * Tensor files, safetensors and {@code .npy}: read by mapping or by ranges, and written whole or
 * not at all; configurations as text.
 */
@NullMarked
package io.github.lightning4j.io;

import org.jspecify.annotations.NullMarked;
