/** Random and recorded problems, and the comparison of answers with the definition. */
@NullMarked
package io.github.lightning4j.cli.checks;

import org.jspecify.annotations.NullMarked;
