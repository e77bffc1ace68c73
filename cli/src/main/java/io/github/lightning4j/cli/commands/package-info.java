/** The subcommands, each with what it does and how it explains itself. */
@NullMarked
package io.github.lightning4j.cli.commands;

import org.jspecify.annotations.NullMarked;
