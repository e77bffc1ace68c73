/**
 * What services and stores tell, as meters of Micrometer: {@link
 * io.github.lightning4j.micrometer.MicrometerMetrics}.
 */
@NullMarked
package io.github.lightning4j.micrometer;

import org.jspecify.annotations.NullMarked;
