/** Tensor files, safetensors and {@code .npy}: read by mapping, and written whole or not at all. */
@NullMarked
package io.github.lightning4j.io;

import org.jspecify.annotations.NullMarked;
