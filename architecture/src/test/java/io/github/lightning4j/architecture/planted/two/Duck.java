package io.github.lightning4j.architecture.planted.two;

/** The only bird. */
record Duck() implements Bird {}
