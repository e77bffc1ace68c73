/** Two results beside each other, and whether one is slower. */
@NullMarked
package io.github.lightning4j.results.compare;

import org.jspecify.annotations.NullMarked;
