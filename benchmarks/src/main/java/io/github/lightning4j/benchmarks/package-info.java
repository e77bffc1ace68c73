/**
 * JMH benchmarks of lightning4j and of the machine it runs on. Every benchmark checks what it
 * computed, against the definition in float64 or a closed form, and fails if it is wrong.
 */
@NullMarked
package io.github.lightning4j.benchmarks;

import org.jspecify.annotations.NullMarked;
