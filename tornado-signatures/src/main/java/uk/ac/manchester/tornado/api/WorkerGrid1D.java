package uk.ac.manchester.tornado.api;

/** Signatures of a grid of one dimension. */
public class WorkerGrid1D extends AbstractWorkerGrid {
    public WorkerGrid1D(int x) {
        super(x, 1, 1);
    }
}
