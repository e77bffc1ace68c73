package uk.ac.manchester.tornado.api;

/** Signatures of a grid. */
public abstract class AbstractWorkerGrid implements WorkerGrid {
    protected AbstractWorkerGrid(long x, long y, long z) {
        throw Signatures.only();
    }

    public void setLocalWork(long x, long y, long z) {
        throw Signatures.only();
    }
}
