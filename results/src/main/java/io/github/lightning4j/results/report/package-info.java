/** Sweeps as people see them: a page, figures, and text for terminals. */
@NullMarked
package io.github.lightning4j.results.report;

import org.jspecify.annotations.NullMarked;
