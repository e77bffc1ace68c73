/**
 * One pass in partitions of the token axis. {@link io.github.lightning4j.distributed.AttentionJob}
 * says what is computed, {@link io.github.lightning4j.distributed.JobFolder} is where its parts
 * come together, and {@link io.github.lightning4j.distributed.LocalRunner} and {@link
 * io.github.lightning4j.distributed.ProcessRunner} compute it.
 */
@NullMarked
package io.github.lightning4j.distributed;

import org.jspecify.annotations.NullMarked;
