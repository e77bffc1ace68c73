/** Layers as immutable objects over named weights, and the memory of the sequences in them. */
@NullMarked
package io.github.lightning4j.models.layers;

import org.jspecify.annotations.NullMarked;
