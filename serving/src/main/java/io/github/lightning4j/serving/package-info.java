/**
 * Many conversations on one device. {@link io.github.lightning4j.serving.AttentionService} is the
 * door: threads append tokens to their {@link io.github.lightning4j.serving.Conversation}, and
 * calls that wait together go to the device together.
 */
@NullMarked
package io.github.lightning4j.serving;

import org.jspecify.annotations.NullMarked;
