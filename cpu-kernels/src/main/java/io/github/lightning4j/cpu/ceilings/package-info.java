/** What the processor and its memory do at most, measured. Public to this module only. */
@NullMarked
package io.github.lightning4j.cpu.ceilings;

import org.jspecify.annotations.NullMarked;
