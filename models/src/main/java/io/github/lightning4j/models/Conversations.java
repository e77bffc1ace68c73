package io.github.lightning4j.models;

import io.github.lightning4j.Device;
import io.github.lightning4j.NoFreeSlotException;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.models.layers.Activations;
import io.github.lightning4j.models.layers.CacheBudget;
import io.github.lightning4j.models.layers.LayerStates;
import io.github.lightning4j.models.layers.LightningStates;
import io.github.lightning4j.models.layers.StateOptions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * What a model has seen of many conversations that come and go: states of constant size in its
 * lightning layers, and key-value caches that grow in its softmax layers. The layers move together.
 *
 * <p>One call is for any of the conversations; each gets any number of tokens, many for a prompt
 * and one for a step. One thread at a time: a call while another thread's runs throws {@link
 * IllegalStateException} and changes nothing.
 */
public final class Conversations implements AutoCloseable {
    /** Rows that pass the layers at a time; more only need more memory. */
    private static final int MOST_ROWS = 512;

    private final HybridModel model;
    private final List<LayerStates> states = new ArrayList<>();
    private final CacheBudget budget;
    private final Places places;
    private final Turn turn = new Turn();

    private Conversations(HybridModel model, ConversationOptions options) {
        this.model = model;
        budget = new CacheBudget(options.cacheLimit());
        if (options.conversations() < 1) {
            throw new IllegalArgumentException(
                    "conversations is " + options.conversations() + "; it must be >= 1");
        }
        places = new Places(options.conversations());
        StateOptions each =
                new StateOptions(
                        options.conversations(),
                        options.device(),
                        options.threads(),
                        options.pool(),
                        budget);
        try {
            model.layers().forEach(layer -> states.add(layer.attention().openStates(each)));
        } catch (Throwable e) {
            states.forEach(LayerStates::close);
            throw e;
        }
    }

    /**
     * Memory for conversations, all of which are free.
     *
     * @param model which must stay open for longer
     * @param options how many, and where
     * @return the memory, to be closed
     */
    public static Conversations open(HybridModel model, ConversationOptions options) {
        return new Conversations(model, options);
    }

    /**
     * How many more conversations there can be.
     *
     * @return the number of free places
     */
    public int free() {
        return turn.take(places::free);
    }

    /**
     * Begins a conversation.
     *
     * @return one without tokens
     * @throws NoFreeSlotException if all are in use
     */
    public Conversation acquire() {
        return turn.take(places::acquire);
    }

    /**
     * Ends a conversation. What was in it is gone.
     *
     * @param conversation one of these
     * @throws IllegalArgumentException if it was released before or is not of these
     */
    public void release(Conversation conversation) {
        turn.take(() -> {
            int place = places.held(conversation);
            states.forEach(layer -> layer.clear(place));
            places.release(conversation);
            return place;
        });
    }

    /**
     * Makes a conversation one without tokens, also one that failed.
     *
     * @param conversation one of these
     * @throws IllegalArgumentException if it was released or is not of these
     */
    public void clear(Conversation conversation) {
        turn.take(() -> {
            int place = places.held(conversation);
            states.forEach(layer -> layer.clear(place));
            places.mark(place, false);
            return place;
        });
    }

    /**
     * Forks a conversation: the two go on independently.
     *
     * @param from the one that is copied
     * @return the new one
     * @throws NoFreeSlotException if all are in use
     * @throws io.github.lightning4j.InsufficientMemoryException if caches would pass their limit
     */
    public Conversation copy(Conversation from) {
        return turn.take(() -> {
            int source = places.usable(from);
            long tokens = tokens(source);
            Conversation copy = places.acquire();
            try {
                budget.check(growth(copy.place(), tokens));
                states.forEach(layer -> layer.copy(source, copy.place()));
            } catch (Throwable e) {
                states.forEach(layer -> layer.clear(copy.place()));
                places.release(copy);
                throw e;
            }
            return copy;
        });
    }

    /**
     * Writes a conversation to a file, so that it can go on later, in another process or on another
     * machine: beside the target first, then moved there. It has everything that was computed of
     * its tokens, not the tokens themselves.
     *
     * @param conversation one of these, which stays as it is
     * @param file where; an existing file is replaced
     * @param pending ids with which the next call begins, such as the last one that was chosen;
     *     they are kept beside
     * @throws IllegalArgumentException if a pending id is not of the vocabulary
     * @throws IOException if it cannot be written; the target is as before
     */
    public void save(Conversation conversation, Path file, int... pending) throws IOException {
        turn.takeForFile(() -> {
            if (pending.length > 0) {
                model.check(pending);
            }
            int place = places.usable(conversation);
            new ConversationFile(model, states).write(place, tokens(place), pending, file);
            return place;
        });
    }

    /**
     * Begins a conversation that goes on from a file: bit for bit as the one that was saved would
     * have, on a device of the same kind with the same {@link ConversationOptions#pool}. Tokens can
     * be taken back a little only, because what came before them was not saved.
     *
     * @param file that {@link #save} wrote with the same model
     * @return the new conversation
     * @throws io.github.lightning4j.io.MalformedDataException if it is no such file, cut, damaged
     *     or of another model
     * @throws IOException if it cannot be read
     * @throws NoFreeSlotException if all are in use
     * @throws io.github.lightning4j.InsufficientMemoryException if caches would pass their limit
     */
    public RestoredConversation restore(Path file) throws IOException {
        return turn.takeForFile(() -> {
            Conversation conversation = places.acquire();
            int place = conversation.place();
            try {
                int[] pending =
                        new ConversationFile(model, states)
                                .read(file, place, tokens -> budget.check(growth(place, tokens)));
                return new RestoredConversation(
                        conversation, Arrays.stream(pending).boxed().toList());
            } catch (Throwable e) {
                states.forEach(layer -> layer.clear(place));
                places.release(conversation);
                throw e;
            }
        });
    }

    /**
     * Tokens of a conversation so far.
     *
     * @param conversation one of these
     * @return their number
     */
    public long tokens(Conversation conversation) {
        return turn.take(() -> tokens(places.usable(conversation)));
    }

    private long tokens(int place) {
        return states.getFirst().tokens(place);
    }

    /**
     * How far {@link #truncate} can go back.
     *
     * @param conversation one of these
     * @return the smallest number of tokens
     */
    public long earliest(Conversation conversation) {
        return turn.take(() -> earliest(places.usable(conversation)));
    }

    private long earliest(int place) {
        return states.stream().mapToLong(layer -> layer.earliest(place)).max().orElse(0);
    }

    /**
     * Takes the last tokens back.
     *
     * @param conversation one of these
     * @param tokens how many remain, {@link #earliest} … {@link #tokens}
     * @throws IllegalArgumentException if that is out of reach; nothing was changed
     */
    public void truncate(Conversation conversation, long tokens) {
        turn.take(() -> {
            int place = places.usable(conversation);
            long least = earliest(place);
            long most = tokens(place);
            if (tokens < least || tokens > most) {
                throw new IllegalArgumentException(
                        "tokens is " + tokens + "; it must be " + least + " ... " + most);
            }
            states.forEach(layer -> layer.truncate(place, tokens));
            return place;
        });
    }

    /**
     * Appends tokens to some conversations.
     *
     * @param conversations [R], each once
     * @param ids the tokens of each, at least one
     * @return logits [R, vocabulary] of what follows the last token of each
     * @throws IllegalArgumentException if an id is not of the vocabulary, or one gets no token;
     *     nothing was appended
     * @throws io.github.lightning4j.InsufficientMemoryException if caches would pass their limit;
     *     nothing was appended
     */
    public Activations append(List<Conversation> conversations, List<int[]> ids) {
        return turn.take(() -> append(conversations, ids, false));
    }

    /**
     * Appends tokens to one conversation.
     *
     * @param conversation one of these
     * @param ids at least one
     * @return logits [vocabulary] of what follows the last token
     */
    public float[] append(Conversation conversation, int... ids) {
        return append(List.of(conversation), List.of(ids)).values();
    }

    /**
     * Appends tokens as {@link #append(List, List)} does, and tells what follows each of them: so
     * one can see how probable a text is, or check drafts.
     *
     * @param conversations [R], each once
     * @param ids the tokens of each, at least one
     * @return logits [N, vocabulary] of all tokens, those of a conversation after those of the one
     *     before
     */
    public Activations score(List<Conversation> conversations, List<int[]> ids) {
        return turn.take(() -> append(conversations, ids, true));
    }

    private Activations append(List<Conversation> conversations, List<int[]> ids, boolean all) {
        if (conversations.size() != ids.size()) {
            throw new IllegalArgumentException(
                    "there are ids of "
                            + ids.size()
                            + "; of conversations "
                            + conversations.size());
        }
        int[] which = places.usable(conversations, conversations.size());
        long growth = 0;
        for (int r = 0; r < which.length; r++) {
            model.check(ids.get(r));
            growth += growth(which[r], ids.get(r).length);
        }
        budget.check(growth);
        AppendedTokens tokens = new AppendedTokens(which, ids, all, model.config().hidden());
        try {
            while (tokens.hasNext()) {
                pass(tokens);
            }
        } catch (Throwable e) {
            for (int place : which) {
                places.mark(place, true);
            }
            throw e;
        }
        return model.logits(tokens.kept());
    }

    private void pass(AppendedTokens tokens) {
        AppendedTokens.Part part = tokens.next(MOST_ROWS);
        int[] which = part.places();
        PackedSequences lengths = part.lengths();
        Activations x = model.embed(part.ids());
        List<DecoderLayer> layers = model.layers();
        for (int l = 0; l < layers.size(); l++) {
            LayerStates memory = states.get(l);
            Activations y = layers.get(l).apply(x, rows -> memory.append(which, lengths, rows));
            model.recycle(x);
            x = y;
        }
        tokens.keep(part, x);
        model.recycle(x);
    }

    private long growth(int place, long more) {
        return states.stream().mapToLong(layer -> layer.growth(place, more)).sum();
    }

    /**
     * What is taken now.
     *
     * @return weights, states and caches apart
     */
    public ModelMemory memory() {
        return new ModelMemory(
                model.weightBytes(),
                bytes(layer -> layer instanceof LightningStates ? layer.bytes() : 0),
                budget.used());
    }

    private long bytes(ToLongFunction<LayerStates> of) {
        return states.stream().mapToLong(of).sum();
    }

    /**
     * Where lightning attention is computed.
     *
     * @return the device; nothing where all layers are softmax
     */
    public Optional<Device> device() {
        return lightning().map(LightningStates::device);
    }

    /**
     * What was passed over on the way to the device.
     *
     * @return a line for each
     */
    public List<String> notices() {
        return lightning().map(LightningStates::notices).orElse(List.of());
    }

    private Optional<LightningStates> lightning() {
        return states.stream()
                .filter(LightningStates.class::isInstance)
                .map(LightningStates.class::cast)
                .findFirst();
    }

    /** Frees all conversations. Closing twice does nothing. */
    @Override
    public void close() {
        states.forEach(LayerStates::close);
    }
}
