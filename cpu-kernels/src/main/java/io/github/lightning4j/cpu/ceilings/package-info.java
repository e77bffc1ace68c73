/** Measures the most that the processor and its memory can do. Public to this module only. */
@NullMarked
package io.github.lightning4j.cpu.ceilings;

import org.jspecify.annotations.NullMarked;
