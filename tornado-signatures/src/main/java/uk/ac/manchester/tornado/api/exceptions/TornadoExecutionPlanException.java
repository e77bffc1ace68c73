package uk.ac.manchester.tornado.api.exceptions;

/** Signature of a failure to close a plan. */
public class TornadoExecutionPlanException extends Exception {
    private static final long serialVersionUID = 1;

    public TornadoExecutionPlanException(String message) {
        super(message);
    }
}
