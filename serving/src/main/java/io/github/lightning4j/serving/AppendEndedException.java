package io.github.lightning4j.serving;

import java.util.Locale;

/**
 * An append ended before all of its tokens were in the conversation. It says how many are: all
 * others have left no trace, and the conversation goes on from there.
 */
public final class AppendEndedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** Its deadline passed. */
        DEADLINE("its deadline has passed"),
        /** It was cancelled, or its thread was interrupted. */
        CANCELLED("it was cancelled"),
        /** The conversation or the service was closed. */
        CLOSED("the conversation or its service was closed");

        private final String words;

        Reason(String words) {
            this.words = words;
        }
    }

    /** What it was. */
    private final Reason reason;

    /** Tokens that are in the conversation. */
    private final long appended;

    /**
     * With what was appended.
     *
     * @param reason why
     * @param appended tokens of the call that are in the conversation
     * @param tokens all tokens of the call
     */
    public AppendEndedException(Reason reason, long appended, long tokens) {
        super(
                String.format(
                        Locale.ROOT,
                        "%s; %d of %d tokens were appended",
                        reason.words,
                        appended,
                        tokens));
        this.reason = reason;
        this.appended = appended;
    }

    /**
     * Why it ended.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /**
     * How many of its tokens are in the conversation, the first ones.
     *
     * @return 0 where the conversation is as it was
     */
    public long appended() {
        return appended;
    }
}
