"""What is said on these pages: obstacles, states of a wish, and the register of personal data."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import LazyString

from conference.privacy.rules import Obstacle, RequestState
from conference.web.words import lazy

OBSTACLES = {
    Obstacle.ERASED: lazy("Dữ liệu của người này đã xóa rồi."),
    Obstacle.UNDER_WAY: lazy(
        "Hội nghị gọi người này chưa kết thúc. Rút người ấy khỏi danh sách trước, hoặc chờ hội nghị kết thúc."
    ),
    Obstacle.IMPORT_WAITS: lazy(
        "Còn một danh sách tải lên đang chờ ở hội nghị của người này. Nhập hoặc bỏ danh sách ấy trước."
    ),
}

REQUESTS = {
    RequestState.ASKED: lazy("Đang chờ Ban Tổ chức"),
    RequestState.WITHDRAWN: lazy("Đã rút yêu cầu"),
    RequestState.REFUSED: lazy("Không xóa được"),
    RequestState.DONE: lazy("Đã xóa"),
}


@dataclass(frozen=True)
class Entry:
    """One kind of personal data: what it is, what for, on what ground, who sees it, and how long it is kept."""

    what: LazyString
    purpose: LazyString
    ground: LazyString
    seen_by: LazyString
    kept: LazyString


FILED = lazy("Theo thời hạn lưu hồ sơ của Ban Tổ chức; sớm hơn khi người ấy yêu cầu xóa")
DUTY = lazy("Kế hoạch hội nghị của tổ chức công đoàn")

REGISTER = (
    Entry(
        lazy("Họ tên, ngày sinh, giới tính, chức vụ, đơn vị, mã cán bộ"),
        lazy("Gọi đúng người, in thẻ, điểm danh, lập báo cáo"),
        DUTY,
        lazy("Ban Tổ chức; đơn vị cử đi; điểm cầu thấy tên khi thẻ được đưa ra"),
        FILED,
    ),
    Entry(
        lazy("Số điện thoại, thư điện tử"),
        lazy("Gửi giấy triệu tập, nhắc việc, biên nhận"),
        DUTY,
        lazy("Ban Tổ chức và đơn vị cử đi; người khác thấy bản che"),
        FILED,
    ),
    Entry(
        lazy("Thẻ, lượt quét, giờ đến, giờ về, theo dõi trực tuyến"),
        lazy("Tính quân số và xét điều kiện viết thu hoạch"),
        DUTY,
        lazy("Ban Tổ chức, điểm cầu, đơn vị cử đi"),
        lazy("Giữ mãi dưới dạng con số; tên gắn với chúng mất khi xóa"),
    ),
    Entry(
        lazy("Đơn xin vắng, người dự thay, học bù, lý do miễn và gia hạn"),
        lazy("Xét vắng có phép và hạn nộp bài"),
        DUTY,
        lazy("Ban Tổ chức và đơn vị cử đi"),
        FILED,
    ),
    Entry(
        lazy("Bài thu hoạch, bản nháp, tệp và ảnh gửi kèm"),
        lazy("Chấm bài và chứng minh đã nộp"),
        DUTY,
        lazy("Người viết; người chấm thấy bài không tên; Ban Tổ chức; riêng việc sẽ làm, cả đơn vị của người viết"),
        lazy("Theo thời hạn lưu hồ sơ; tệp bỏ khỏi bản nháp được dọn sau 7 ngày"),
    ),
    Entry(
        lazy("Điểm, lời nhận xét, quyết định về trùng lặp"),
        lazy("Công bố kết quả và xem lại điểm"),
        DUTY,
        lazy("Người viết, hội đồng chấm, Ban Tổ chức"),
        lazy("Điểm giữ dưới bí danh; lời nhận xét mất khi xóa"),
    ),
    Entry(
        lazy("Nhật ký: ai làm gì, lúc nào, với hồ sơ số mấy"),
        lazy("Truy được mọi thay đổi"),
        lazy("An toàn của hồ sơ"),
        lazy("Quản trị"),
        lazy("Giữ mãi; chỉ có số, không có tên; lý do đã ghi mất khi xóa"),
    ),
    Entry(
        lazy("Tài khoản của cán bộ: họ tên, tên đăng nhập, thư điện tử; tên và số máy của phụ trách điểm cầu"),
        lazy("Giao việc đúng người, biết ai đã làm gì"),
        DUTY,
        lazy("Quản trị; đại biểu thấy phụ trách điểm cầu của mình"),
        lazy("Đến khi ngừng dùng; mất khi người ấy yêu cầu xóa, việc đã làm giữ dưới bí danh"),
    ),
    Entry(
        lazy("Lần đăng nhập sai (dấu vân của địa chỉ mạng)"),
        lazy("Chặn dò mật khẩu"),
        lazy("An toàn của hệ thống"),
        lazy("Không ai"),
        lazy("Một ngày"),
    ),
    Entry(
        lazy("Bản sao lưu"),
        lazy("Khôi phục khi máy hỏng"),
        lazy("An toàn của hồ sơ"),
        lazy("Quản trị"),
        lazy("Nhiều nhất 35 ngày; người đã xóa được xóa lại khi khôi phục"),
    ),
)
