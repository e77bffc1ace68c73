/** The command {@code lightning}. */
@NullMarked
package io.github.lightning4j.cli;

import org.jspecify.annotations.NullMarked;
