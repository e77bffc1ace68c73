/**
 * The definition of Lightning Attention-2 in float64: the specification with which every backend is
 * compared.
 */
@NullMarked
package io.github.lightning4j.reference;

import org.jspecify.annotations.NullMarked;
