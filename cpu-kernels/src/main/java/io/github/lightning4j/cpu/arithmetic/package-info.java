/**
 * Arithmetic on rows and tiles of floats, with vectors of several widths and with plain loops.
 * Public to this module only.
 */
@NullMarked
package io.github.lightning4j.cpu.arithmetic;

import org.jspecify.annotations.NullMarked;
