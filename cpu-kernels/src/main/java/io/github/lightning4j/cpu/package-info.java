/**
 * The backend on the JVM alone: blocked kernels on the Vector API, and the same as plain loops, on
 * as many threads as are asked for.
 *
 * <p>{@link io.github.lightning4j.cpu.arithmetic.Kernels} is the arithmetic, on operands of type
 * {@link io.github.lightning4j.cpu.arithmetic.Matrix}; {@link
 * io.github.lightning4j.cpu.passes.BlockForward} is the algorithm for one block.
 */
@NullMarked
package io.github.lightning4j.cpu;

import org.jspecify.annotations.NullMarked;
