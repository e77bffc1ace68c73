/**
 * The JVM backend: blocked kernels on the Vector API and as many threads as asked for, with plain
 * loops beside them.
 *
 * <p>{@link io.github.lightning4j.cpu.arithmetic.Kernels} is the arithmetic, on operands of type
 * {@link io.github.lightning4j.cpu.arithmetic.Matrix}; {@link
 * io.github.lightning4j.cpu.passes.BlockForward} is the algorithm for one block.
 */
@NullMarked
package io.github.lightning4j.cpu;

import org.jspecify.annotations.NullMarked;
