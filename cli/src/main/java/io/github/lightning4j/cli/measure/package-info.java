/** Timed passes over one problem, and what is told about them. */
@NullMarked
package io.github.lightning4j.cli.measure;

import org.jspecify.annotations.NullMarked;
