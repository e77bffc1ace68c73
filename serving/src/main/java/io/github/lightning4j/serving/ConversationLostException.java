package io.github.lightning4j.serving;

/**
 * The states of a conversation are lost, because the device failed while tokens were appended or
 * states moved, or because the file in which they were is gone or damaged. The conversation can
 * only be closed; its cause says what happened. Open another, from a prefix or snapshot that was
 * stored.
 */
public final class ConversationLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With what happened.
     *
     * @param conversation its number
     * @param cause what was thrown underneath
     */
    public ConversationLostException(long conversation, Throwable cause) {
        super("conversation " + conversation + " is lost: " + cause.getMessage(), cause);
    }
}
