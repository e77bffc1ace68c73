package io.github.lightning4j;

/**
 * The thread of a call was interrupted ({@link Thread#interrupt}) before the call had ended. The
 * thread stays interrupted, so that whoever waits next learns of it too; {@link Thread#interrupted}
 * clears that. Until then no pass and no append begins, but sessions can be saved with {@link
 * AttentionSession#state}, forked and closed.
 *
 * <p>What the call was to write is undefined, unless {@link #isUnharmed()}; so is the state of a
 * session that it was to append to.
 */
public class AttentionInterruptedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Whether nothing was changed. */
    private final boolean unharmed;

    /**
     * For backends, which throw it between two blocks.
     *
     * @param message what was interrupted
     * @param unharmed whether the session that was appended to, if any, is as it was before
     */
    public AttentionInterruptedException(String message, boolean unharmed) {
        super(message);
        this.unharmed = unharmed;
    }

    /**
     * Whether a session is as it was before the call and can still be used; otherwise it can only
     * be closed.
     *
     * @return false if some tokens may have been appended
     */
    public boolean isUnharmed() {
        return unharmed;
    }

    /** Refuses to begin a call on a thread that is interrupted. */
    static void check() {
        if (Thread.currentThread().isInterrupted()) {
            throw new AttentionInterruptedException(
                    "the thread was interrupted before the call began; nothing was computed", true);
        }
    }
}
