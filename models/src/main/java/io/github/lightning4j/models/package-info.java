/** Whole models: many conversations at once, and the choice of their tokens. */
@NullMarked
package io.github.lightning4j.models;

import org.jspecify.annotations.NullMarked;
