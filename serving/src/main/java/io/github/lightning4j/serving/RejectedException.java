package io.github.lightning4j.serving;

/** A service does not take a call or a conversation. Nothing was changed; it may be tried again. */
public final class RejectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** As many calls wait as may. */
        QUEUE_FULL,
        /** As many conversations are open as may. */
        TOO_MANY_CONVERSATIONS,
        /** The service is closing or closed. */
        CLOSED
    }

    /** What it was. */
    private final Reason reason;

    /**
     * With a reason.
     *
     * @param reason why
     * @param message the same in words, with the bound that was met
     */
    public RejectedException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /**
     * Why it was rejected.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
