/**
 * The devices of TornadoVM, their limits, and the lock by which callers take turns. Public to this
 * module only.
 */
@NullMarked
package io.github.lightning4j.tornado.devices;

import org.jspecify.annotations.NullMarked;
