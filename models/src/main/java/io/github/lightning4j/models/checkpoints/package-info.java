/** Folders of a configuration and safetensors files, checked before anything is computed. */
@NullMarked
package io.github.lightning4j.models.checkpoints;

import org.jspecify.annotations.NullMarked;
