/** Many measurements over lengths and algorithms, within a budget of time. */
@NullMarked
package io.github.lightning4j.cli.sweep;

import org.jspecify.annotations.NullMarked;
