"""The one place where codes of refusal become words and a status."""

from __future__ import annotations

import errno

import structlog
from flask import Flask, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from sqlalchemy.exc import DataError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError

from conference.foundation.actor import NOBODY
from conference.foundation.db import db, trouble_of
from conference.foundation.errors import DomainError
from conference.web.guard import wants_json
from conference.web.words import lazy

log = structlog.get_logger(__name__)

SENTENCES: dict[str, tuple[int, LazyString]] = {
    "not_found": (404, lazy("Không tìm thấy trang này, hoặc trang không thuộc phần việc của đồng chí.")),
    "forbidden": (403, lazy("Tài khoản này không được giao phần việc ở trang vừa mở.")),
    "sign_in_first": (401, lazy("Phiên làm việc đã hết. Mời đồng chí đăng nhập lại, rồi làm tiếp.")),
    "csrf_expired": (
        400,
        lazy("Trang mở đã lâu nên chưa nhận được. Mời đồng chí tải lại trang rồi gửi lại."),
    ),
    "busy": (503, lazy("Máy chủ đang bận ghi dữ liệu. Mời đồng chí thử lại sau ít giây.")),
    "storage_full": (
        507,
        lazy("Ổ đĩa của máy chủ đã đầy nên chưa lưu được. Việc xem vẫn dùng được; mời đồng chí báo người quản trị."),
    ),
    "storage_read_only": (
        503,
        lazy("Máy chủ đang chỉ cho xem, chưa cho ghi. Mời đồng chí báo người quản trị rồi thử lại."),
    ),
    "database_away": (503, lazy("Máy chủ chưa nối được với cơ sở dữ liệu. Mời đồng chí thử lại sau ít giây.")),
    "too_many_links": (409, lazy("Nhiều người quá để trao một lượt. Mời đồng chí chọn từng đơn vị.")),
    "nobody_to_hand_over": (409, lazy("Không có ai trong nhóm này để trao đường dẫn. Mời đồng chí chọn nhóm khác.")),
    "asked_to_stay_away": (
        409,
        lazy("Đồng chí này đang có đơn xin vắng. Mời đồng chí quyết định đơn ấy trước, rồi ghi là sẽ dự."),
    ),
    "conference_begun": (409, lazy("Hội nghị đã bắt đầu nên không nhận trả lời nữa.")),
    "job_stopped": (409, lazy("Việc này đã được dừng.")),
    "changed_meanwhile": (
        409,
        lazy("Nội dung vừa được người khác sửa. Mời đồng chí xem bản mới rồi sửa lại."),
    ),
    "too_many_tries": (429, lazy("Đã thử quá nhiều lần. Mời đồng chí đợi ít phút rồi thử lại.")),
    "too_many_sockets": (429, lazy("Tài khoản này đang mở quá nhiều màn hình. Mời đồng chí đóng bớt rồi mở lại.")),
    "too_many_requests": (429, lazy("Phần mềm này hỏi quá nhiều. Mời chờ ít phút rồi hỏi thưa hơn.")),
    "right_missing": (403, lazy("Mã truy cập này không có quyền “%(right)s”. Mời xin người quản trị cấp quyền.")),
    "api_bad_parameter": (400, lazy("Tham số %(name)s không dùng được ở đây. Mời xem tài liệu của giao diện.")),
    "module_off": (404, lazy("Hội nghị này không dùng phần “%(module)s”.")),
    "modules_in_use": (409, lazy("Phần vừa tắt đang giữ dữ liệu. Mời đồng chí xem rồi xác nhận.")),
    "no_study_session": (404, lazy("Hội nghị chưa có buổi nào. Mời đồng chí lập chương trình trước.")),
    "code_taken": (409, lazy("Mã %(taken)s đã có hội nghị dùng. Mời đồng chí chọn mã khác.")),
    "agenda_step_unknown": (400, lazy("Chưa rõ phải dời mục này thế nào. Mời đồng chí mở chương trình và chọn lại.")),
    "part_taken": (409, lazy("Ngày này đã có buổi đó. Mời đồng chí chọn buổi khác hoặc ngày khác.")),
    "study_session_begun": (
        409,
        lazy("Buổi này đã mở điểm danh nên không chuyển sang đợt khác được. Mời đồng chí thêm buổi mới."),
    ),
    "wave_title_taken": (409, lazy("Đã có đợt mang tên này. Mời đồng chí đặt tên khác.")),
    "wave_place_unknown": (400, lazy("Chưa rõ đưa đợt này đến đâu. Mời đồng chí mở trang Chia đợt và chọn lại.")),
    "wave_in_use": (
        409,
        lazy("Đợt này đang có buổi hoặc có người, hoặc đã được báo trong một bản phát hành, nên không bỏ được."),
    ),
    "study_session_closed": (409, lazy("Buổi này đã khóa điểm danh nên không đổi giờ được nữa.")),
    "study_session_in_use": (
        409,
        lazy("Buổi này đã có người điểm danh, xin vắng hoặc gửi câu hỏi nên không bỏ được. Mời đồng chí đổi giờ buổi."),
    ),
    "published_already": (409, lazy("Hội nghị đã công bố nên không làm được việc này.")),
    "link_used_up": (
        410,
        lazy("Đường dẫn này đã dùng rồi hoặc đã hết hạn. Mời đồng chí xin người quản trị một đường dẫn mới."),
    ),
    "sign_in_again": (401, lazy("Bước đăng nhập trước đã lâu. Mời đồng chí đăng nhập lại từ đầu.")),
    "enrolled_already": (409, lazy("Tài khoản đã có mã xác thực. Chỉ người quản trị đặt lại được.")),
    "login_taken": (409, lazy("Tên đăng nhập này đã có người dùng. Mời đồng chí chọn tên khác.")),
    "last_admin": (
        409,
        lazy("Đây là quản trị cuối cùng còn hoạt động. Mời đồng chí giao quyền cho người khác trước."),
    ),
    "account_erased": (409, lazy("Tài khoản này đã xóa theo yêu cầu của người dùng, không mở lại được.")),
    "not_yourself": (409, lazy("Việc này phải do một người quản trị khác làm.")),
    "site_code_taken": (409, lazy("Mã %(taken)s đã có điểm cầu dùng. Mời đồng chí chọn mã khác.")),
    "site_has_people": (
        409,
        lazy("Còn %(count)s đại biểu được gọi về điểm cầu này. Mời đồng chí chuyển họ sang nơi khác trước."),
    ),
    "workbook_unknown": (
        422,
        lazy("Tệp không có trang nào của sổ Ban Tổ chức. Mời đồng chí tải sổ ở trang này, sửa rồi gửi lại."),
    ),
    "workbook_without_key": (
        422,
        lazy("Trang “%(sheet)s” thiếu cột %(column)s nên không biết dòng nào là của ai. Mời thêm lại cột ấy."),
    ),
    "hall_is_missing": (409, lazy("Điểm cầu chưa có hội trường. Mời đồng chí chọn hội trường trước.")),
    "hall_has_no_plan": (409, lazy("Hội trường chưa có sơ đồ. Mời đồng chí ghi khu, dãy, ghế trước rồi xếp chỗ.")),
    "hall_name_taken": (409, lazy("Điểm cầu đã có hội trường tên này. Mời đồng chí chọn nó trong danh sách.")),
    "host_is_no_guest": (409, lazy("Đơn vị này chủ trì điểm cầu nên không cần ghép.")),
    "rung_is_shown_by_facts": (
        409,
        lazy(
            "Bậc này tự đạt khi có đủ thông tin, không xác nhận bằng tay. Mời đồng chí ghi hội trường hoặc phụ trách."
        ),
    ),
    "seating_outdated": (
        409,
        lazy(
            "Từ khi lập đề xuất, danh sách, hội trường hoặc người có mặt đã đổi nên chưa ai được chuyển. Mời tìm lại."
        ),
    ),
    "seating_ended": (409, lazy("Đề xuất này đã áp dụng hoặc đã bỏ.")),
    "seating_overfull": (409, lazy("Chuyển như vậy thì một điểm cầu quá sức chứa. Hãy chọn thêm người rời khỏi đó.")),
    "conference_closed": (409, lazy("Hội nghị đã kết thúc nên không sửa được nữa.")),
    "plan_has_faults": (409, lazy("Chưa công bố được: kế hoạch còn %(count)s chỗ phải sửa.")),
    "release_of_draft": (409, lazy("Hội nghị đang là bản nháp. Mời đồng chí công bố trước, rồi phát hành bản mới.")),
    "call_off_of_draft": (409, lazy("Hội nghị còn là bản nháp, chưa ai được báo nên không cần hủy.")),
    "called_off_already": (409, lazy("Hội nghị đã hủy rồi. Thư báo hủy nằm ở hộp thư đi.")),
    "conference_called_off": (409, lazy("Hội nghị đã hủy. Mời đồng chí khôi phục hội nghị trước, trong Kế hoạch.")),
    "needless_when_called_off": (
        409,
        lazy("Hội nghị đã hủy nên việc này không cần nữa. Nếu tổ chức lại, đồng chí sẽ được báo."),
    ),
    "conference_not_called_off": (409, lazy("Hội nghị này không bị hủy nên không có gì để khôi phục.")),
    "call_off_after_doors": (
        409,
        lazy(
            "Hội nghị đã mở điểm danh nên không hủy cả được. Mời đồng chí bỏ các buổi chưa họp trong Kế hoạch, "
            "rồi phát hành bản mới."
        ),
    ),
    "change_needs_release": (
        409,
        lazy("Hội nghị đã có bản phát hành. Mời đồng chí phát hành bản mới: thư báo thay đổi được viết theo bản ấy."),
    ),
    "item_is_first": (409, lazy("Mục này đã ở đầu buổi. Muốn sang buổi khác, mời đồng chí sửa mục.")),
    "item_is_last": (409, lazy("Mục này đã ở cuối buổi. Muốn sang buổi khác, mời đồng chí sửa mục.")),
    "item_too_short": (409, lazy("Mục chỉ còn năm phút nên không ngắn bớt được nữa.")),
    "item_leaves_day": (409, lazy("Dời như vậy thì có mục sang ngày khác. Mời đồng chí dời ít hơn.")),
    "text_has_nul": (
        422,
        lazy("Bài có một ký tự không lưu được (ký tự rỗng hoặc nửa ký tự). Mời đồng chí xóa ký tự ấy rồi lưu lại."),
    ),
    "text_too_long": (413, lazy("Bài dài quá mức lưu được. Phần đã lưu trước đó vẫn còn nguyên.")),
    "another_writer": (
        409,
        lazy("Máy này đang giữ bài của người khác. Mời đồng chí mở lại đường dẫn cá nhân của mình."),
    ),
    "two_versions": (409, lazy("Bài đã được lưu từ một máy khác. Cả hai bản vẫn còn, mời đồng chí chọn.")),
    "nothing_written": (409, lazy("Chưa có chữ nào được lưu, nên chưa nộp được.")),
    "reflection_no_task": (404, lazy("Ban Tổ chức chưa đưa ra câu hỏi thu hoạch.")),
    "reflection_not_required": (403, lazy("Đồng chí không thuộc diện phải làm bài ở hội nghị này.")),
    "reflection_exempt": (403, lazy("Đồng chí được miễn làm bài ở hội nghị này.")),
    "reflection_quiz": (409, lazy("Hội nghị này làm bài trắc nghiệm, không viết bài thu hoạch.")),
    "no_quiz": (409, lazy("Hội nghị này viết bài thu hoạch, không làm trắc nghiệm.")),
    "not_for_quiz": (409, lazy("Bài trắc nghiệm không trả lại và gia hạn như bài viết; mời dùng “Cho làm bài riêng”.")),
    "form_in_use": (409, lazy("Đã có người bắt đầu, nên không đổi hình thức được nữa.")),
    "quiz_not_ready": (409, lazy("Bài trắc nghiệm chưa soạn xong nên chưa dùng được.")),
    "quiz_frozen": (409, lazy("Đã có người làm bài, nên câu hỏi và cách chấm giữ nguyên.")),
    "too_many_questions": (409, lazy("Ngân hàng có nhiều nhất %(most)s câu hỏi.")),
    "question_repeated": (409, lazy("Câu hỏi này đã có trong ngân hàng.")),
    "slot_in_use": (409, lazy("Đã có người làm bài trong ca này, nên không bỏ ca hay đổi giờ mở được.")),
    "grant_is_over": (422, lazy("Hạn làm bài riêng phải sau bây giờ.")),
    "grant_stands": (
        409,
        lazy("Người này còn một lần làm bài riêng chưa dùng. Mời thu lại lần ấy trước khi cho lần khác."),
    ),
    "grant_is_used": (409, lazy("Người này đã bắt đầu làm bài riêng, nên không thu lại được nữa.")),
    "quiz_sat": (409, lazy("Đồng chí đã làm bài. Mỗi người làm một lần.")),
    "quiz_not_now": (409, lazy("Chưa có ca thi nào của đồng chí đang mở.")),
    "quiz_finished": (409, lazy("Bài này đã nộp, nên câu trả lời không đổi được nữa.")),
    "quiz_over": (409, lazy("Đã hết giờ làm bài. Những câu đã lưu trên máy chủ được tính.")),
    "quiz_not_begun": (409, lazy("Chưa ai bắt đầu bài trắc nghiệm này.")),
    "quiz_not_on_paper": (409, lazy("Bài này không làm trên giấy, hoặc đã nhập rồi.")),
    "quiz_on_phone": (409, lazy("Người này đang làm bài trên máy của mình.")),
    "too_many_answers": (429, lazy("Nhiều lượt bấm quá. Mời đồng chí nộp bài.")),
    "key_is_same": (422, lazy("Đáp án này đang được dùng.")),
    "tests_need_no_readers": (409, lazy("Bài trắc nghiệm tính điểm theo đáp án, không chia cho người chấm.")),
    "reflection_absent": (
        403,
        lazy("Điểm danh chưa ghi đồng chí có mặt đủ số buổi, nên bài chưa mở. Mời đồng chí học bù trước."),
    ),
    "reflection_not_open": (403, lazy("Chưa đến giờ làm bài.")),
    "reflection_too_late": (
        409,
        lazy("Đã hết hạn nhận bài. Bài viết vẫn được giữ làm bản nháp; mời đồng chí báo đơn vị để xin gia hạn."),
    ),
    "reflection_stays": (
        409,
        lazy("Đã hết hạn nên bản đã nộp được giữ nguyên. Phần viết thêm vẫn còn ở bản nháp."),
    ),
    "too_few_words": (409, lazy("Bài mới có %(words)s từ, cần từ %(least)s từ trở lên.")),
    "too_many_words": (409, lazy("Bài có %(words)s từ, nhiều nhất là %(most)s từ.")),
    "part_too_short": (409, lazy("Phần “%(title)s” cần từ %(least)s từ trở lên.")),
    "task_exists": (409, lazy("Hội nghị này đã có câu hỏi thu hoạch.")),
    "parts_in_use": (409, lazy("Đã có người viết, nên không bỏ bớt phần được nữa. Tên và câu gợi ý vẫn sửa được.")),
    "files_not_taken": (409, lazy("Hội nghị này không nhận bài bằng tệp. Mời đồng chí nộp theo hình thức khác.")),
    "photos_not_taken": (
        409,
        lazy("Hội nghị này không nhận ảnh chụp bài viết tay. Mời đồng chí nộp theo hình thức khác."),
    ),
    "typing_not_taken": (409, lazy("Hội nghị này nhận bài bằng tệp hoặc ảnh. Mời đồng chí gửi tệp hoặc ảnh chụp bài.")),
    "document_or_photos": (
        409,
        lazy("Bài là một tệp hoặc các ảnh chụp, không gửi lẫn cả hai. Mời đồng chí bỏ loại không dùng trước."),
    ),
    "one_document": (409, lazy("Bài chỉ gồm một tệp. Mời đồng chí bỏ tệp cũ trước khi gửi tệp khác.")),
    "too_many_photos": (409, lazy("Bài có nhiều nhất 12 trang ảnh. Mời đồng chí bỏ bớt ảnh.")),
    "no_file": (422, lazy("Chưa có tệp nào. Mời đồng chí chọn tệp hoặc ảnh.")),
    "file_gone": (404, lazy("Tệp này không còn trên máy chủ. Mời đồng chí báo quản trị.")),
    "on_behalf_not_taken": (403, lazy("Hội nghị này không nhận bài nộp thay.")),
    "handed_in_by_author": (409, lazy("Người này đã tự nộp bài, nên không nộp thay được nữa.")),
    "make_up_not_begun": (409, lazy("Buổi học bù chưa bắt đầu, nên chưa ghi được ai đã đến.")),
    "make_up_closed": (409, lazy("Cách học bù này không còn mở. Mời đồng chí chọn cách khác hoặc hỏi đơn vị.")),
    "make_up_not_yours": (409, lazy("Đồng chí không vắng buổi này, hoặc đã học bù rồi.")),
    "not_later": (409, lazy("Hạn mới phải muộn hơn hạn chung.")),
    "not_handed_in": (409, lazy("Người này chưa nộp bài, nên không có bài để trả lại.")),
    "returned_before": (409, lazy("Bài này đã được trả lại một lần, nên không trả lại lần nữa.")),
    "ruled_already": (409, lazy("Bài này đã có quyết định. Mời đồng chí rút quyết định ấy trước.")),
    "returned_by_ruling": (
        409,
        lazy("Bài được trả lại theo một quyết định về trùng lặp. Mời đồng chí rút quyết định ấy ở trang Trùng lặp."),
    ),
    "rewritten_meanwhile": (409, lazy("Người viết đã nộp bản mới, nên không rút việc trả lại được nữa.")),
    "erasure_erased": (409, lazy("Dữ liệu của người này đã xóa rồi.")),
    "erasure_under_way": (
        409,
        lazy("Hội nghị gọi người này chưa kết thúc. Mời đồng chí rút người ấy khỏi danh sách trước."),
    ),
    "erasure_import_waits": (
        409,
        lazy("Còn một danh sách tải lên đang chờ ở hội nghị của người này. Mời đồng chí nhập hoặc bỏ nó trước."),
    ),
    "erasure_not_yours": (
        403,
        lazy("Người này còn được gọi đến hội nghị khác. Mời đồng chí nhờ người quản trị xóa."),
    ),
    "summons_of_draft": (409, lazy("Hội nghị đang là bản nháp. Công bố hội nghị rồi mới gửi triệu tập được.")),
    "no_address": (409, lazy("Người này chưa có địa chỉ thư điện tử. Mời đồng chí trao đường dẫn qua đơn vị.")),
    "mail_stays_inside": (
        409,
        lazy("Thư của hội nghị này đang được giữ lại: hội nghị mẫu, hoặc chưa có máy chủ thư."),
    ),
    "unit_unknown": (422, lazy("Không có đơn vị này. Mời đồng chí chọn lại đơn vị.")),
    "site_not_joined": (409, lazy("Điểm cầu này không tham gia hội nghị. Mời đồng chí chọn điểm cầu khác.")),
    "called_already": (409, lazy("Người này đã có trong danh sách, số thẻ %(number)s.")),
    "substitute_named": (409, lazy("Đã có người dự thay cho buổi này. Mời đồng chí rút người ấy trước.")),
    "attendee_withdrawn": (409, lazy("Người này không còn trong danh sách, hoặc chính là người dự thay.")),
    "headcount_differs": (409, lazy("Mã này đã ghi một số đếm khác. Mời đồng chí mở lại trang và đếm lại.")),
    "headcount_unreadable": (400, lazy("Trường “%(field)s” của số đếm không đọc được.")),
    "decision_missing": (422, lazy("Mời đồng chí chọn đồng ý hoặc không đồng ý.")),
    "decision_not_offered": (409, lazy("Việc này không quyết định như vậy được. Mời đồng chí xem lại chứng cứ.")),
    "leave_too_late": (
        409,
        lazy("Đã quá giờ gửi đơn trên trang này. Mời đồng chí gọi người phụ trách điểm cầu."),
    ),
    "scheme_frozen": (409, lazy("Thang điểm đã chốt khi công bố điểm nên không sửa được nữa.")),
    "scheme_without_parts": (422, lazy("Thang điểm cần từ 1 đến 8 phần.")),
    "scheme_without_step": (422, lazy("Bước điểm và mức làm tròn phải lớn hơn 0.")),
    "scheme_part_off_step": (422, lazy("Điểm tối đa của mỗi phần phải lớn hơn 0 và chia hết cho bước điểm.")),
    "scheme_step_too_small": (422, lazy("Bước điểm quá nhỏ so với điểm tối đa của một phần.")),
    "scheme_cuts_out_of_order": (422, lazy("Mức của Giỏi phải cao hơn Khá, Khá cao hơn Trung bình.")),
    "scheme_cut_out_of_reach": (422, lazy("Mức của Giỏi cao hơn điểm tối đa của cả bài.")),
    "too_few_graders": (409, lazy("Cần ít nhất hai người chấm. Mời đồng chí thêm người chấm trước.")),
    "text_erased": (409, lazy("Người viết đã xóa dữ liệu của mình, không còn bài để chấm lại.")),
    "reading_closed": (409, lazy("Lượt chấm này đã đóng. Muốn sửa, mời đồng chí báo thư ký hội đồng mở lại.")),
    "marks_missing": (422, lazy("Còn phần chưa cho điểm.")),
    "mark_off_scale": (422, lazy("Có điểm không nằm trên thang điểm của phần.")),
    "comment_too_long": (422, lazy("Nhận xét dài nhất %(most)s ký tự, ghi chú mỗi phần dài nhất %(note)s ký tự.")),
    "nothing_to_release": (409, lazy("Chưa có bài nào thống nhất điểm để công bố.")),
    "nothing_new": (409, lazy("Điểm hiện nay đúng như bản đã công bố, không có gì mới.")),
    "release_moved": (409, lazy("Số bài vừa thay đổi. Mời đồng chí xem lại số mới rồi công bố.")),
    "grading_at_work": (409, lazy("Đang có việc chia bài hoặc công bố chạy. Mời đồng chí đợi xong rồi làm tiếp.")),
    "bad_request": (
        400,
        lazy("Yêu cầu gửi lên không đúng dạng. Mời đồng chí quay lại trang trước và thử lại."),
    ),
    "self_check_in_off": (
        404,
        lazy("Hội nghị này không mở tự điểm danh. Mời đồng chí đưa thẻ cho người phụ trách quét."),
    ),
    "self_check_in_elsewhere": (
        404,
        lazy("Mã này không thuộc hội nghị của đồng chí. Mời đồng chí nhìn lại màn hình của hội trường."),
    ),
    "online_not_open": (409, lazy("Phòng họp của buổi này chưa mở hoặc đã đóng. Mời đồng chí xem giờ ở phòng chờ.")),
    "online_no_room": (409, lazy("Ban Tổ chức chưa ghi đường dẫn phòng họp. Mời đồng chí thử lại sau ít phút.")),
    "online_not_entered": (409, lazy("Đồng chí chưa vào phòng họp. Mời bấm Vào phòng họp trước.")),
    "nobody_chosen": (422, lazy("Chưa chọn ai. Mời đồng chí đánh dấu trong danh sách trước.")),
    "report_no_table": (
        422,
        lazy("Tệp %(file)s không có cột tên và giờ vào. Mời đồng chí chọn danh sách người tham gia của Zoom, Teams."),
    ),
    "report_other_day": (
        422,
        lazy("Tệp %(file)s không có dòng nào thuộc ngày của buổi này. Mời đồng chí chọn đúng buổi hoặc đúng tệp."),
    ),
    "report_too_many": (422, lazy("Danh sách có quá %(most)s người. Mời đồng chí chia tệp rồi tải từng phần.")),
    "report_no_such_number": (422, lazy("Không có đại biểu nào mang số thẻ %(number)s trong hội nghị này.")),
    "signs_unreadable": (400, lazy("Trang gửi lên không đúng dạng. Mời đồng chí tải lại trang.")),
    "scans_not_json": (400, lazy("Nội dung gửi lên không phải JSON đọc được. Lượt quét chưa được nhận.")),
    "scans_not_an_object": (400, lazy("Nội dung gửi lên phải là một đối tượng JSON có trường “items”.")),
    "carried_unreadable": (
        400,
        lazy("Tệp này không phải tệp lượt quét trọn vẹn. Mời lưu lại tệp trên máy điểm danh rồi nộp."),
    ),
    "carried_elsewhere": (409, lazy("Lượt quét này thuộc điểm cầu khác. Mời nộp ở trang của điểm cầu đó.")),
    "report_unknown_field": (
        400,
        lazy("Báo cáo của thiết bị cần ít nhất một trong các mục này và không có mục khác: %(fields)s."),
    ),
    "report_not_an_object": (400, lazy("Báo cáo của thiết bị phải là một đối tượng JSON.")),
    "scans_unknown_field": (400, lazy("Trường “%(field)s” không có trong giao diện này.")),
    "scans_no_items": (400, lazy("Trường “items” phải là danh sách có từ 1 lượt quét trở lên.")),
    "scans_too_many": (413, lazy("Mỗi lần gửi nhiều nhất %(most)s lượt quét. Mời chia thành nhiều lần.")),
    "device_ended": (401, lazy("Thiết bị này không còn được phép điểm danh. Mời đồng chí mở lại trang điểm danh.")),
    "enrol_before_publishing": (
        409,
        lazy("Hội nghị chưa công bố nên chưa cấp được mã ghi máy. Mời đồng chí công bố kế hoạch trước."),
    ),
    "enrol_link_unknown": (
        404,
        lazy("Đây không phải mã ghi máy. Mời đồng chí quét lại mã QR, hoặc dán cả đường dẫn được gửi."),
    ),
    "enrol_link_used": (
        410,
        lazy("Mã này đã ghi một máy rồi. Mỗi máy cần một mã; mời đồng chí xin phụ trách hoặc Ban Tổ chức mã khác."),
    ),
    "enrol_link_over": (
        410,
        lazy("Mã này đã hết hạn hoặc đã bị thu hồi. Mời đồng chí xin phụ trách hoặc Ban Tổ chức mã khác."),
    ),
    "enrol_token_weak": (400, lazy("Trình duyệt chưa tạo được khóa cho máy. Mời đồng chí tải lại trang rồi thử lại.")),
    "door_too_many_devices": (409, lazy("Điểm cầu này đã có quá nhiều máy điểm danh.")),
    "door_closed_already": (409, lazy("Buổi này đã được khóa điểm danh tại điểm cầu.")),
    "door_not_open_yet": (409, lazy("Chưa đến giờ mở điểm danh nên chưa thể khóa.")),
    "sheet_empty": (422, lazy("Tệp %(file)s không có dòng nào. Mời đồng chí chọn tệp khác.")),
    "sheet_too_large": (413, lazy("Tệp %(file)s lớn quá %(megabytes)s MB. Mời đồng chí chia nhỏ tệp rồi gửi lại.")),
    "sheet_wrong_type": (
        415,
        lazy("Tệp %(file)s không phải bảng tính. Chỉ nhận .xlsx, .xls, .ods hoặc .csv."),
    ),
    "sheet_renamed": (
        415,
        lazy("Bên trong tệp %(file)s là kiểu %(kind)s, khác với đuôi tên. Mời đồng chí lưu lại đúng kiểu rồi gửi."),
    ),
    "sheet_binary": (415, lazy("Tệp %(file)s là kiểu .xlsb. Mời đồng chí lưu thành .xlsx rồi gửi lại.")),
    "sheet_macros": (
        415,
        lazy("Tệp %(file)s có macro nên không được nhận. Mời đồng chí lưu thành .xlsx rồi gửi lại."),
    ),
    "sheet_password": (
        422,
        lazy("Tệp %(file)s có mật khẩu nên không mở được. Mời đồng chí bỏ mật khẩu rồi gửi lại."),
    ),
    "sheet_bomb": (
        413,
        lazy("Tệp %(file)s bung ra quá lớn hoặc có cấu trúc bất thường nên không được nhận."),
    ),
    "sheet_too_many_rows": (
        413,
        lazy("Tệp %(file)s có quá %(rows)s dòng hoặc quá nhiều cột. Mời đồng chí bỏ dòng trống hoặc chia nhỏ tệp."),
    ),
    "sheet_damaged": (422, lazy("Tệp %(file)s bị hỏng, không đọc được. Mời đồng chí lưu lại rồi gửi.")),
    "sheet_encoding": (
        422,
        lazy("Chữ trong tệp %(file)s không thuộc bảng mã đã chọn. Mời đồng chí chọn bảng mã khác."),
    ),
    "sheet_twice": (422, lazy("Tệp %(file)s giống hệt tệp %(other)s nên chỉ đọc một lần.")),
    "topic_document_type": (
        415,
        lazy(
            "Tệp %(file)s không thuộc loại nhận được: PDF, Word, PowerPoint, Excel (.docx, .pptx, .xlsx), ảnh JPG, PNG."
        ),
    ),
    "topic_document_disguised": (
        415,
        lazy("Tệp %(file)s không phải loại ghi ở đuôi tên, hoặc đã hỏng, nên không được nhận."),
    ),
    "topic_document_active": (
        415,
        lazy("Tệp %(file)s có macro, mã chạy hoặc tệp khác nhúng trong. Mời đồng chí xuất ra PDF rồi gửi lại."),
    ),
    "topic_document_locked": (
        415,
        lazy("Tệp %(file)s có mật khẩu hoặc bị khóa nên không xem được bên trong. Mời đồng chí lưu lại không khóa."),
    ),
    "topic_document_known": (409, lazy("Mục này đã có tệp tên %(file)s. Mời đồng chí bỏ tệp cũ hoặc đổi tên.")),
    "topic_documents_many": (409, lazy("Một mục có nhiều nhất %(most)s tài liệu. Mời đồng chí bỏ bớt trước.")),
    "document_empty": (422, lazy("Tệp %(file)s không có gì bên trong. Mời đồng chí chọn tệp khác.")),
    "document_too_large": (
        413,
        lazy("Tệp %(file)s lớn quá %(megabytes)s MB. Mời đồng chí giảm cỡ ảnh trong tệp rồi gửi lại."),
    ),
    "document_wrong_type": (415, lazy("Tệp %(file)s không phải Word (.docx), PDF hay ảnh nên không được nhận.")),
    "document_old_word": (415, lazy("Tệp %(file)s là kiểu Word cũ. Mời đồng chí lưu thành .docx rồi gửi lại.")),
    "document_macros": (
        415,
        lazy("Tệp %(file)s có macro nên không được nhận. Mời đồng chí lưu thành .docx rồi gửi lại."),
    ),
    "document_active": (
        415,
        lazy(
            "Tệp %(file)s có phần tự chạy hoặc lấy từ nơi khác nên không được nhận. "
            "Mời đồng chí chép chữ sang tệp mới, hoặc in thành PDF, rồi gửi lại."
        ),
    ),
    "document_password": (
        422,
        lazy("Tệp %(file)s có mật khẩu nên không mở được. Mời đồng chí bỏ mật khẩu rồi gửi lại."),
    ),
    "document_bomb": (
        413,
        lazy("Tệp %(file)s bung ra quá lớn hoặc có cấu trúc bất thường nên không được nhận."),
    ),
    "document_too_many_pages": (413, lazy("Tệp %(file)s có quá 40 trang. Mời đồng chí gửi riêng bài thu hoạch.")),
    "document_too_long": (413, lazy("Tệp %(file)s dài quá mức nhận được. Mời đồng chí gửi riêng bài thu hoạch.")),
    "document_damaged": (422, lazy("Tệp %(file)s bị hỏng, không đọc được. Mời đồng chí lưu hoặc chụp lại rồi gửi.")),
    "photo_heic": (
        415,
        lazy(
            "Ảnh %(file)s là kiểu HEIC, chưa đọc được. Mời đồng chí gửi ảnh JPEG: trên iPhone, "
            "vào Cài đặt, Camera, Định dạng, chọn Tương thích nhất."
        ),
    ),
    "photo_too_large": (413, lazy("Ảnh %(file)s có quá nhiều điểm ảnh. Mời đồng chí giảm cỡ ảnh rồi gửi lại.")),
    "merge_both_counted": (
        409,
        lazy(
            "Cả hai dòng đều đã được điểm danh hoặc đã nộp bài, không gộp được. "
            "Mời đồng chí để riêng, hoặc quyết định lượt quét ở hộp xử lý trước."
        ),
    ),
    "units_in_a_circle": (
        422,
        lazy("Đơn vị tiếp nhận này lại do chính đơn vị đang kết thúc tiếp nhận. Mời đồng chí chọn đơn vị khác."),
    ),
    "unit_ended_already": (409, lazy("%(name)s đã kết thúc từ trước. Mời xem lại danh sách.")),
    "merger_has_people": (
        409,
        lazy("Người của các đơn vị đã chuyển sang đơn vị tiếp nhận nên không bỏ sáp nhập được."),
    ),
    "unit_without_successor": (409, lazy("Đơn vị này chưa kết thúc hoặc chưa có đơn vị tiếp nhận.")),
    "naming_closed": (
        409,
        lazy("Ban Tổ chức chưa mở hoặc đã đóng việc cử đại biểu. Mời đồng chí liên hệ Ban Tổ chức."),
    ),
    "named_already": (409, lazy("Người này đã được đề nghị, đang chờ duyệt.")),
    "leaving_already": (409, lazy("Đã có đề nghị rút hoặc thay người này. Mời đồng chí sửa đề nghị ấy.")),
    "nomination_without_site": (409, lazy("Đề nghị chưa ghi điểm cầu. Mời đồng chí mở đề nghị và chọn điểm cầu.")),
    "list_frozen_for_units": (
        409,
        lazy("Danh sách đã chốt nên đơn vị không tự sửa được nữa. Mời gửi đề nghị thay người hoặc báo Ban Tổ chức."),
    ),
    "list_frozen": (409, lazy("Danh sách đã chốt nên giờ chốt không đổi được nữa.")),
    "import_no_files": (400, lazy("Chưa có tệp nào. Mời đồng chí chọn tệp danh sách.")),
    "import_too_many_files": (413, lazy("Nhiều hơn %(most)s tệp một lần. Mời đồng chí chia làm nhiều lần.")),
    "import_no_units": (409, lazy("Chưa có đơn vị nào. Mời đồng chí nhập danh mục đơn vị trước hoặc cùng lúc.")),
    "import_state": (409, lazy("Lần nhập này đã sang bước khác. Mời đồng chí mở lại trang.")),
    "import_in_use": (
        409,
        lazy("Không rút lại được: đã có người trong lần nhập này được triệu tập hoặc điểm danh."),
    ),
    "import_not_last": (409, lazy("Chỉ rút lại được lần nhập gần nhất. Mời đồng chí rút lần sau trước.")),
}
"""Code of a ``DomainError`` -> status and sentence. Facts of the error fill ``%(name)s``."""

STATUS_SENTENCES: dict[int, LazyString] = {
    400: SENTENCES["bad_request"][1],
    404: SENTENCES["not_found"][1],
    405: lazy("Trang này không nhận cách gửi vừa dùng. Mời đồng chí mở lại trang từ đầu."),
    413: lazy("Nội dung gửi lên quá lớn. Mời đồng chí chia nhỏ tệp rồi gửi lại."),
    415: lazy("Kiểu dữ liệu gửi lên không được nhận ở đây."),
    429: SENTENCES["too_many_tries"][1],
    503: SENTENCES["busy"][1],
    507: SENTENCES["storage_full"][1],
}

NOTED = (401, 403, 429)
"""Refusals that may be the beginning of an attack: who, and where."""

BROKEN = lazy("Máy chủ gặp lỗi khi xử lý. Dữ liệu đã lưu vẫn còn nguyên; lỗi đã được ghi lại để sửa.")
RETRY_AFTER_SECONDS = {429: 60, 503: 2}
STORAGE_FULL = (errno.ENOSPC, errno.EDQUOT)
STORAGE_CLOSED = (errno.EROFS, errno.EACCES)


def sentence_of(error: DomainError) -> str:
    """The words for a refusal, filled with its facts."""
    if error.code not in SENTENCES:
        raise KeyError(f"no words for the refusal {error.code!r}") from error
    return str(SENTENCES[error.code][1]) % error.facts if error.facts else str(SENTENCES[error.code][1])


def answer(status: int, code: str, sentence: str) -> ResponseReturnValue:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS[status])} if status in RETRY_AFTER_SECONDS else {}
    if wants_json():
        return jsonify(error=code, message=sentence), status, headers
    if status >= 500:
        g.conference = None  # the steps of a conference are asked of the database, which may be what failed
    try:
        page = render_template(
            "errors/error.html", status=status, title=_title(status), reason=sentence, way_back=_way_back()
        )
    except Exception:
        log.exception("error_page_failed", endpoint=request.endpoint)
        return f"{sentence}\n", status, headers | {"Content-Type": "text/plain; charset=utf-8"}
    return page, status, headers


def _title(status: int) -> str:
    titles = {
        401: lazy("Cần đăng nhập lại"),
        403: lazy("Chưa được giao phần việc này"),
        404: lazy("Không có trang này"),
        409: lazy("Chưa lưu được"),
        413: lazy("Tệp quá lớn"),
        429: lazy("Mời đồng chí đợi ít phút"),
        503: lazy("Máy chủ đang bận"),
        507: lazy("Ổ đĩa đã đầy"),
    }
    return str(titles.get(status, lazy("Chưa thực hiện được")))


def _way_back() -> str:
    actor = g.get("actor")
    if actor is None or not actor.scopes:
        return url_for("accounts.sign_in")
    return "/"


def _who() -> str:
    actor = g.get("actor", NOBODY)
    return f"{actor.kind} {actor.id}" if actor.id is not None else str(actor.kind)


def _undo() -> None:
    """End the transaction. A database that went away has ended it, and can't be asked to."""
    try:
        db.session.rollback()
    except SQLAlchemyError:
        db.session.remove()


def answer_errors(app: Flask) -> None:
    @app.errorhandler(DomainError)
    def refused(error: DomainError) -> ResponseReturnValue:
        _undo()
        status = SENTENCES[error.code][0] if error.code in SENTENCES else 500
        if status == 500:
            return broken(error)
        if status in NOTED:
            log.info("refused", code=error.code, endpoint=request.endpoint, actor=_who())
        return answer(status, error.code, sentence_of(error))

    @app.errorhandler(SQLAlchemyError)
    def database_failed(error: SQLAlchemyError) -> ResponseReturnValue:
        """A database that cannot answer now is no bug: the same request may pass later."""
        _undo()
        if trouble := trouble_of(error):
            log.warning("database_trouble", code=trouble.code, endpoint=request.endpoint)
            return refused(trouble)
        return wrong_input(error) if isinstance(error, DataError) else broken(error)

    @app.errorhandler(OverflowError)
    @app.errorhandler(UnicodeEncodeError)
    def wrong_input(error: Exception) -> ResponseReturnValue:
        """Numbers and signs that no column can hold can only have come from outside."""
        log.warning("value_out_of_range", endpoint=request.endpoint, exc_info=error)
        return refused(DomainError("bad_request"))

    @app.errorhandler(OSError)
    def system_failed(error: OSError) -> ResponseReturnValue:
        if error.errno in STORAGE_FULL:
            return refused(DomainError("storage_full"))
        return refused(DomainError("storage_read_only")) if error.errno in STORAGE_CLOSED else broken(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if isinstance(error, InternalServerError) and isinstance(error.original_exception, SQLAlchemyError):
            return database_failed(error.original_exception)  # it failed outside of what a page does
        if status < 400:
            return error.get_response()
        sentence = STATUS_SENTENCES.get(status, BROKEN if status >= 500 else STATUS_SENTENCES[400])
        response = app.make_response(answer(status, f"http_{status}", str(sentence)))
        for name in ("Allow", "Content-Range"):
            if (value := error.get_response().headers.get(name)) is not None:
                response.headers.setdefault(name, value)
        return response

    @app.errorhandler(Exception)
    def broken(error: Exception) -> ResponseReturnValue:
        _undo()
        log.exception("request_failed", endpoint=request.endpoint, method=request.method)
        return answer(500, "broken", str(BROKEN))
