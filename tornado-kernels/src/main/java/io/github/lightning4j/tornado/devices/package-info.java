/**
 * Which devices TornadoVM has, what they can do, and one caller at a time for each. Public to this
 * module only.
 */
@NullMarked
package io.github.lightning4j.tornado.devices;

import org.jspecify.annotations.NullMarked;
