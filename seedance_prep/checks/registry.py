"""Every rule, a line each, in the order of the codes. A code is never given to another fault."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from ..errors import UsageError
from . import (
    encoding,
    files,
    images,
    parameters,
    prompts,
    requests,
    sounds,
    telling,
    unknown,
    videos,
    wording,
)
from .rule import Judge

RULES: tuple[Judge, ...] = (
    files.file_missing,  # FIL001
    files.not_a_file,  # FIL002
    files.no_permission,  # FIL003
    files.file_empty,  # FIL004
    files.not_media,  # FIL005
    files.format_unsupported,  # FIL006
    files.file_damaged,  # FIL007
    files.wrong_kind,  # FIL008
    files.file_too_large_to_open,  # FIL009
    files.file_unmeasured,  # FIL010
    images.image_format_not_taken,  # IMG001
    images.image_too_heavy,  # IMG002
    images.image_heavier_than_advised,  # IMG003
    images.image_side_too_small,  # IMG004
    images.image_side_too_large,  # IMG005
    images.image_too_narrow,  # IMG006
    images.image_too_wide,  # IMG007
    images.image_ratio_near_edge,  # IMG008
    images.image_size_unknown,  # IMG009
    images.image_animated,  # IMG010
    images.image_not_upright,  # IMG011
    images.image_colours_untested,  # IMG012
    images.image_transparent,  # IMG013
    images.image_holds_place,  # IMG014
    images.image_inline_subtype_not_lower_case,  # IMG015
    images.image_has_no_seconds,  # IMG016
    images.image_scaled_up,  # IMG017
    images.image_holds_names,  # IMG018
    videos.container_not_taken,  # VID001
    videos.clip_too_short,  # VID002
    videos.clip_too_long,  # VID003
    videos.clip_length_undocumented,  # VID004
    videos.clip_codec_not_taken,  # VID005
    videos.clip_sound_codec_not_taken,  # VID006
    videos.clip_sound_uncompressed,  # VID007
    videos.clip_pixels_too_few,  # VID008
    videos.clip_pixels_too_many,  # VID009
    videos.clip_side_too_small,  # VID010
    videos.clip_side_too_large,  # VID011
    videos.clip_too_narrow,  # VID012
    videos.clip_too_wide,  # VID013
    videos.clip_ratio_near_edge,  # VID014
    videos.rate_too_low,  # VID015
    videos.rate_too_high,  # VID016
    videos.rate_near_edge,  # VID017
    videos.rate_varies,  # VID018
    encoding.clip_colour_deep,  # VID019
    encoding.clip_hdr,  # VID020
    encoding.clip_rotated,  # VID021
    encoding.clip_pixels_not_square,  # VID022
    encoding.clip_sides_odd,  # VID023
    encoding.clip_chroma_untested,  # VID024
    encoding.clip_interlaced,  # VID025
    encoding.clip_several_sounds,  # VID026
    unknown.clip_length_unknown,  # VID027
    unknown.clip_size_unknown,  # VID028
    unknown.clip_rate_unknown,  # VID029
    unknown.clip_codec_unknown,  # VID030
    unknown.clip_details_unknown,  # VID031
    videos.clip_window_not_cut,  # VID032
    videos.clip_window_outside,  # VID033
    encoding.clip_scaled_up,  # VID034
    encoding.clip_colours_locked,  # VID035
    encoding.clip_too_heavy,  # VID036
    telling.clip_holds_names,  # VID037
    sounds.sound_format_not_taken,  # AUD001
    sounds.sound_too_short,  # AUD002
    sounds.sound_too_long,  # AUD003
    sounds.sound_length_undocumented,  # AUD004
    sounds.sound_too_heavy,  # AUD005
    sounds.sound_heavier_than_advised,  # AUD006
    sounds.wav_not_plain,  # AUD007
    sounds.sound_length_unknown,  # AUD008
    sounds.sound_codec_unknown,  # AUD009
    sounds.sound_window_not_cut,  # AUD010
    sounds.sound_window_outside,  # AUD011
    sounds.sound_silent,  # AUD012
    sounds.sound_nearly_empty,  # AUD013
    sounds.sound_length_told_wrong,  # AUD014
    sounds.sound_partly_damaged,  # AUD015
    sounds.sound_loudness_not_set,  # AUD016
    telling.sound_holds_names,  # AUD017
    requests.too_many_images,  # REQ001
    requests.too_many_videos,  # REQ002
    requests.too_many_sounds,  # REQ003
    requests.too_many_files,  # REQ004
    requests.sound_alone,  # REQ005
    requests.no_reference,  # REQ006
    requests.same_file_twice,  # REQ007
    requests.frame_roles_mixed,  # REQ008
    requests.address_out_of_reach,  # REQ009
    requests.inline_too_heavy,  # REQ010
    requests.clips_too_long_together,  # REQ011
    requests.clips_too_short_together,  # REQ012
    requests.clips_too_heavy_together,  # REQ013
    requests.sounds_too_long_together,  # REQ014
    requests.address_expires,  # REQ015
    requests.video_inline,  # REQ016
    prompts.prompt_empty,  # PRM001
    prompts.tag_without_file,  # PRM002
    prompts.file_never_mentioned,  # PRM003
    prompts.tag_form_foreign,  # PRM004
    prompts.tag_in_plain_words,  # PRM005
    wording.prompt_too_long,  # PRM006
    parameters.parameter_of_wrong_type,  # PRM007
    parameters.resolution_not_offered,  # PRM008
    parameters.duration_not_offered,  # PRM009
    parameters.aspect_ratio_not_offered,  # PRM010
    parameters.bitrate_mode_not_offered,  # PRM011
    parameters.parameter_unknown,  # PRM012
    parameters.parameter_refused,  # PRM013
    parameters.seed_without_effect,  # PRM014
    parameters.end_user_id_too_long,  # PRM015
    prompts.tag_of_dropped_file,  # PRM016
    prompts.number_of_another_kind,  # PRM017
    prompts.tag_glued_to_word,  # PRM018
    prompts.name_not_replaced,  # PRM019
    prompts.name_left_alone,  # PRM020
    wording.dialogue_quoted,  # PRM021
    wording.first_frame_wording,  # PRM022
)

_BY_CODE: Mapping[str, Judge] = {judge.rule.code: judge for judge in RULES}
_BY_NAME: Mapping[str, Judge] = {judge.rule.name: judge for judge in RULES}


def rule_of(code: str) -> Judge:
    """The rule of a code or name, in any case; ``UsageError`` when there is none."""
    wanted = code.strip()
    found = _BY_CODE.get(wanted.upper()) or _BY_NAME.get(wanted.lower())
    if found is None:
        near = get_close_matches(wanted.lower(), _BY_NAME, 1)
        near = near or get_close_matches(wanted.upper(), _BY_CODE, 1)
        hint = f"did you mean {near[0]}?" if near else "`seedance-prep rules` lists them all"
        raise UsageError(f"there is no rule {code!r}; {hint}")
    return found
