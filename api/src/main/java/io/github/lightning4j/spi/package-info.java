/**
 * What a backend implements: providers found by {@link java.util.ServiceLoader}, and the validated
 * problems they compute.
 */
@NullMarked
package io.github.lightning4j.spi;

import org.jspecify.annotations.NullMarked;
