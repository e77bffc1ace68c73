/** The terminal and the process: streams, interruption, exit codes, the version. */
@NullMarked
package io.github.lightning4j.cli.console;

import org.jspecify.annotations.NullMarked;
