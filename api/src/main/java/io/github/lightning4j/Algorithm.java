package io.github.lightning4j;

/**
 * Which causal attention is computed, and in which order.
 *
 * <p>The first four are linear attentions: {@code o_t = c · φ(q_t) S_t} with {@code S_t = λ S_{t−1}
 * + φ(k_t)ᵀ v_t}. Where their decays agree they give the same numbers except for rounding; they
 * differ in what a token costs. With D = E a token and head takes 4D² operations in {@link
 * #RIGHT_PRODUCT}, 4D² + 2LD with blocks of L tokens, which are matrix products and so run many
 * times faster, and 2ND in {@link #LEFT_PRODUCT}. {@link #SOFTMAX} is a different function; it
 * takes 2ND operations and N/2 exponentials.
 */
public enum Algorithm {
    /**
     * Lightning Attention-2: blocks, the masked left product inside a block, the right product
     * through the state across blocks. Linear in N (Qin et al., 2024, "Lightning Attention-2").
     */
    LIGHTNING_2("Lightning Attention-2", true, true),
    /** The same without decay, slope 0 for every head: what Lightning Attention-1 computes. */
    LIGHTNING_1("Lightning Attention-1", true, false),
    /** Linear attention as ((Q Kᵀ) ⊙ A) V, one block of N rows. Quadratic in N. */
    LEFT_PRODUCT("linear attention, left product", true, true),
    /** Linear attention token by token, blocks of one row. Linear in N. */
    RIGHT_PRODUCT("linear attention, right product", true, true),
    /**
     * Softmax attention, {@code o_t = Σ_{j≤t} exp(c q_t·k_j) v_j / Σ_{j≤t} exp(c q_t·k_j)}, exact,
     * with the maximum and the sum carried along ("online softmax", Milakov and Gimelshein, 2018).
     * Quadratic in N. What it remembers of the tokens seen grows with them, so it takes and leaves
     * no state.
     */
    SOFTMAX("softmax attention", false, false);

    private final String words;
    private final boolean state;
    private final boolean decay;

    Algorithm(String words, boolean state, boolean decay) {
        this.words = words;
        this.state = state;
        this.decay = decay;
    }

    /**
     * The name that people use for it.
     *
     * @return a few words
     */
    public String words() {
        return words;
    }

    /**
     * Whether all it remembers of the tokens seen is a state of constant size. Only then does it
     * have initial states, final states and sessions.
     *
     * @return false for softmax
     */
    public boolean hasState() {
        return state;
    }

    /**
     * Whether heads may have slopes above 0.
     *
     * @return false for Lightning Attention-1 and softmax
     */
    public boolean hasDecay() {
        return decay;
    }

    /**
     * Whether q and k may pass through a feature map.
     *
     * @return false for softmax, which has none
     */
    public boolean hasFeatureMap() {
        return this != SOFTMAX;
    }

    /**
     * Whether gradients are computed.
     *
     * @return true for both Lightning Attentions
     */
    public boolean hasBackward() {
        return this == LIGHTNING_2 || this == LIGHTNING_1;
    }

    /**
     * Whether the work of a token grows with the tokens before it.
     *
     * @return true for softmax and the left product
     */
    public boolean isQuadratic() {
        return this == SOFTMAX || this == LEFT_PRODUCT;
    }

    /**
     * The scale c where none is given: 1, or 1/√D for softmax, without which it saturates (Vaswani
     * et al., 2017).
     *
     * @param keyDim D
     * @return the default scale
     */
    public double defaultScale(int keyDim) {
        return this == SOFTMAX ? 1 / Math.sqrt(keyDim) : 1;
    }

    /**
     * The decay where none is given: {@link Decay.Alibi}, or none for algorithms without decay.
     *
     * @return the default decay
     */
    public Decay defaultDecay() {
        return decay ? new Decay.Alibi() : new Decay.None();
    }
}
