/** Two results beside each other, and whether one is slower. */
@NullMarked
package io.github.lightning4j.cli.compare;

import org.jspecify.annotations.NullMarked;
