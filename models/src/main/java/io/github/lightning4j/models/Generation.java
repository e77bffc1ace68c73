package io.github.lightning4j.models;

import io.github.lightning4j.models.layers.Activations;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Continues conversations token by token. Immutable.
 *
 * @param tokens how many to choose at most, ≥ 0
 * @param sampling how
 * @param stopTokens ids after which a conversation has ended
 */
public record Generation(int tokens, Sampling sampling, Set<Integer> stopTokens) {
    /** Checks and copies. */
    public Generation {
        if (tokens < 0) {
            throw new IllegalArgumentException("tokens is " + tokens + "; it must be >= 0");
        }
        stopTokens = Set.copyOf(stopTokens);
    }

    /** Is told each token as soon as it is chosen. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A token was chosen.
         *
         * @param r which of the conversations it is of
         * @param id the token
         */
        void chosen(int r, int id);
    }

    /**
     * Continues one conversation.
     *
     * @param conversations where it is
     * @param conversation which
     * @param prompt ids to append first, at least one
     * @return the ids that were chosen; a stop token is the last of them
     */
    public int[] run(Conversations conversations, Conversation conversation, int... prompt) {
        return run(conversations, List.of(conversation), List.of(prompt), (_, _) -> {}).getFirst();
    }

    /**
     * Continues some conversations together, until each has ended. The last token that is chosen is
     * not appended: it would begin the next call's prompt.
     *
     * @param conversations where they are
     * @param which [R], each once
     * @param prompts ids to append first, at least one for each
     * @param listener is told each token
     * @return the ids that were chosen for each; a stop token is the last of them
     */
    public List<int[]> run(
            Conversations conversations,
            List<Conversation> which,
            List<int[]> prompts,
            Listener listener) {
        List<List<Integer>> chosen = new ArrayList<>();
        List<Integer> running = new ArrayList<>();
        for (int r = 0; r < which.size(); r++) {
            chosen.add(new ArrayList<>());
            running.add(r);
        }
        List<int[]> next = prompts;
        for (int i = 0; i < tokens && !running.isEmpty(); i++) {
            Activations logits =
                    conversations.append(running.stream().map(which::get).toList(), next);
            List<Integer> still = new ArrayList<>();
            next = new ArrayList<>();
            for (int row = 0; row < running.size(); row++) {
                int r = running.get(row);
                int id =
                        sampling.choose(
                                logits.values(),
                                row * logits.width(),
                                logits.width(),
                                conversations.tokens(which.get(r)));
                chosen.get(r).add(id);
                listener.chosen(r, id);
                if (!stopTokens.contains(id)) {
                    still.add(r);
                    next.add(new int[] {id});
                }
            }
            running = still;
        }
        return chosen.stream()
                .map(ids -> ids.stream().mapToInt(Integer::intValue).toArray())
                .toList();
    }
}
