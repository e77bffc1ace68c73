/** Worker threads, and the scratch memory that they share in turn. Public to this module only. */
@NullMarked
package io.github.lightning4j.cpu.threads;

import org.jspecify.annotations.NullMarked;
