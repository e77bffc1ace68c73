package uk.ac.manchester.tornado.api;

/** Signature of a grid. */
public interface WorkerGrid {}
