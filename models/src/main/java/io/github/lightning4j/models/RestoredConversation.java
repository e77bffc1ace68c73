package io.github.lightning4j.models;

import java.util.List;

/**
 * What {@link Conversations#restore} began. Immutable.
 *
 * @param conversation that goes on
 * @param pending ids that were saved beside it, with which its next call begins; often none
 */
public record RestoredConversation(Conversation conversation, List<Integer> pending) {
    /** Copies the ids. */
    public RestoredConversation {
        pending = List.copyOf(pending);
    }
}
