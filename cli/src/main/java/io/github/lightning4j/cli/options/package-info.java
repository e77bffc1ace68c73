/** Options that several subcommands share. */
@NullMarked
package io.github.lightning4j.cli.options;

import org.jspecify.annotations.NullMarked;
