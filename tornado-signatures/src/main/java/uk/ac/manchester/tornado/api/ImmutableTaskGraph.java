package uk.ac.manchester.tornado.api;

/** Signature of a finished graph. */
public class ImmutableTaskGraph {
    ImmutableTaskGraph(TaskGraph graph) {
        throw Signatures.only();
    }
}
