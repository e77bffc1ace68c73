/**
 * Forward and backward passes, block by block and in waves of blocks, and sessions. Public to this
 * module only.
 */
@NullMarked
package io.github.lightning4j.cpu.passes;

import org.jspecify.annotations.NullMarked;
