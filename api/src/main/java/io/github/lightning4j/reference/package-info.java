/**
 * The definition of Lightning Attention-2 in float64, the specification that every backend is
 * compared with.
 */
@NullMarked
package io.github.lightning4j.reference;

import org.jspecify.annotations.NullMarked;
