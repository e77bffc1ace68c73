package io.github.lightning4j;

/** All slots of a {@link StatePool} are in use; release one first. Nothing was changed. */
public class NoFreeSlotException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /**
     * With a reason.
     *
     * @param message how many slots there are
     */
    public NoFreeSlotException(String message) {
        super(message);
    }
}
