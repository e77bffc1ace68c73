/** Worker threads, and the scratch memory that they take turns with. Public to this module only. */
@NullMarked
package io.github.lightning4j.cpu.threads;

import org.jspecify.annotations.NullMarked;
