/**
 * The conformance suite: what every backend must fulfil, written once and run against each.
 *
 * <p>A backend's tests extend {@link io.github.lightning4j.conformance.BackendConformance}. Each
 * {@link io.github.lightning4j.conformance.Law} is a plain object, so that mutation tests can run
 * the same laws against backends with planted bugs. The laws themselves need no JUnit; {@link
 * io.github.lightning4j.conformance.Topic#laws} gives them to any other runner.
 */
@NullMarked
package io.github.lightning4j.conformance;

import org.jspecify.annotations.NullMarked;
